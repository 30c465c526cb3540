// Excel's side of xlwings Server, simulated: runs the JavaScript that the live server gives to Excel.
//
//   node office.mjs http://127.0.0.1:8000
//
// It loads the scripts that the add-in's page names, in their order, with small stand-ins for Office, Excel and
// CustomFunctions. Each line on stdin is a call, {"name": "CLV", "args": [[[800]], [[3]], [[6]]]}; each line on
// stdout is what the cell receives: {"result": [[14400]]}, or {"error": "#N/A", "message": "..."}.
import { createInterface } from "node:readline";
import vm from "node:vm";

const origin = process.argv[2];
const functions = new Map();

const workbook = { name: "book.xlsx", load() {} };
const cultureInfo = { name: "en-US", load() {}, datetimeFormat: { shortDatePattern: "m/d/yyyy", load() {} } };

class CustomFunctionsError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const page = vm.createContext({
  Office: {
    onReady: async (callback) => callback?.({}),
    context: { requirements: { isSetSupported: () => true } },
  },
  Excel: {
    RequestContext: class {
      workbook = workbook;
      application = { cultureInfo };
      async sync() {}
    },
  },
  CustomFunctions: {
    Error: CustomFunctionsError,
    ErrorCode: { invalidValue: "#VALUE!", notAvailable: "#N/A", invalidNumber: "#NUM!" },
    associate: (id, implementation) => functions.set(id, implementation),
  },
  xlwings: { getCultureInfoName: async () => "en-US", getDateFormat: async () => "m/d/yyyy" },
  xwRequest: { post },
  window: { location: { origin } },
  console: { log() {}, info() {}, error() {} },
  crypto: globalThis.crypto,
  setTimeout,
});

let posts = 0;

// As the page's own request: resolves on success, else rejects with the response.
async function post(url, body, { headers }) {
  posts += 1;
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  const isJson = (answer.headers.get("Content-Type") ?? "").includes("application/json");
  const response = { data: isJson ? JSON.parse(text) : text, status: answer.status, statusText: answer.statusText };
  if (answer.ok) return response;
  throw Object.assign(new Error(`status ${answer.status}`), { response });
}

async function text(path) {
  const answer = await fetch(origin + path);
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}`);
  return await answer.text();
}

const html = await text("/taskpane.html");
page.config = JSON.parse(/<script id="config"[^>]*>(.*?)<\/script>/s.exec(html)[1]);
const scripts = [...html.matchAll(/<script[^>]* src="([^"]*)"/g)].map((match) => match[1]);
const ours = scripts.filter((path) => /custom-functions-code|\/js\/main\.js$/.test(path));
for (const path of ours) vm.runInContext(await text(path), page, { filename: path });
process.stdout.write(JSON.stringify({ scripts: ours, functions: [...functions.keys()] }) + "\n");

for await (const line of createInterface({ input: process.stdin })) {
  const { name, args } = JSON.parse(line);
  const before = posts;
  const start = performance.now();
  let shown;
  try {
    shown = { result: await functions.get(name)(...args, { address: "Sheet1!A1" }) };
  } catch (error) {
    shown = error instanceof CustomFunctionsError ? { error: error.code, message: error.message } : { fault: String(error) };
  }
  shown.seconds = (performance.now() - start) / 1000;
  shown.posts = posts - before;
  process.stdout.write(JSON.stringify(shown) + "\n");
}
