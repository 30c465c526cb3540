// Runs a Python program in Pyodide: node pyodide.mjs PYODIDE_FOLDER WHEEL PROGRAM, prints what the program gives.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [folder, wheel, program] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${folder}/` });
python.unpackArchive(new Uint8Array(await readFile(wheel)), "whl");
process.stdout.write(String(await python.runPythonAsync(await readFile(program, "utf8"))));
