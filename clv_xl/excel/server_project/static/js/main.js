// Shows why a cell holds an error, and the right error.
//
// xlwings shows whatever a function refuses as #VALUE!. Our functions begin their message with the error that the
// cell should hold. Excel shows the message of #VALUE! and #N/A when one points at the cell's error sign.
const KINDS = { "#VALUE!": "invalidValue", "#N/A": "notAvailable", "#NUM!": "invalidNumber" };
const showAsXlwingsDoes = globalThis.showError;

globalThis.showError = function showError(message) {
  const [, code, reason] = /^(#\S+) (.*)$/s.exec(String(message)) ?? [];
  const kind = KINDS[code];
  if (!kind || !Office.context.requirements.isSetSupported("CustomFunctionsRuntime", "1.2")) {
    return showAsXlwingsDoes(message);
  }
  throw new CustomFunctions.Error(CustomFunctions.ErrorCode[kind], reason);
};
