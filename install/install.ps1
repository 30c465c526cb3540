<#
.SYNOPSIS
Installs clv_xl for the current user of Windows: Python through uv, the package, and the add-in in Excel.

.DESCRIPTION
Needs no administrator and no Python. Running it again updates what is there. To take everything out again:
clv-xl uninstall, and then: uv tool uninstall clv-xl

.PARAMETER Source
What to install: a folder, a wheel, or the name of the package. Without it, the project that this script
stands in.
#>
param([string]$Source = (Split-Path -Parent $PSScriptRoot))

$ErrorActionPreference = 'Stop'
# the project that this script stands in is installed with the very packages that it was tested with
$Lock = if ($PSBoundParameters.ContainsKey('Source')) { '' } else { Join-Path $PSScriptRoot 'requirements.lock' }

function Stop-Here([string]$Message) {
    Write-Host "Error: $Message" -ForegroundColor Red
    exit 1
}

if (Get-Process -Name EXCEL -ErrorAction SilentlyContinue) {
    Stop-Here 'Excel is running. Save your work, close all its windows, and start this script again.'
}

if (-not (Get-Command uv -ErrorAction SilentlyContinue)) {
    Write-Host 'Installing uv, which brings Python for this user ...'
    try {
        Invoke-RestMethod https://astral.sh/uv/install.ps1 | Invoke-Expression
    } catch {
        Stop-Here "uv could not be fetched from the internet ($($_.Exception.Message)). A proxy or a firewall may be in the way: ask your IT department, or see https://docs.astral.sh/uv/getting-started/installation/"
    }
    $env:Path = "$env:USERPROFILE\.local\bin;$env:Path"
    if (-not (Get-Command uv -ErrorAction SilentlyContinue)) {
        Stop-Here 'uv was not installed. See https://docs.astral.sh/uv/getting-started/installation/'
    }
}

Write-Host "Installing clv_xl from $Source ..."
$Constraints = if ($Lock) { @('--constraints', $Lock) } else { @() }
uv tool install --python '>=3.11' --reinstall @Constraints $Source
if ($LASTEXITCODE -ne 0) { Stop-Here 'The package could not be installed; uv says why above.' }
if ($Lock) {
    Write-Host 'Holding each package against its hash ...'
    uv pip install --quiet --python (Join-Path (uv tool dir) 'clv-xl') --require-hashes --reinstall --requirements $Lock
    if ($LASTEXITCODE -ne 0) {
        uv tool uninstall clv-xl
        Stop-Here 'A package is not the one that clv_xl was tested with; uv says which above. Nothing was installed.'
    }
}
uv tool update-shell

$program = Join-Path (uv tool dir --bin) 'clv-xl.exe'
& $program install
if ($LASTEXITCODE -ne 0) { Stop-Here 'The add-in could not be installed; the reason stands above.' }
& $program doctor
if ($LASTEXITCODE -ne 0) { Stop-Here 'Installed, but something is not as it should be; each line above says what to do.' }
Write-Host 'Done. Start Excel now: the tab "Customer value" is there. Later, "clv-xl doctor" works in a new command window.'
