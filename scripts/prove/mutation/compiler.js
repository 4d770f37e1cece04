// The compiler, loaded once. A line of standard input: {"override": {path: source}, "files": [path, ...]};
// a line of standard output: {"codes": {contract: creation code}} or {"error": text}.
"use strict";

const fs = require("fs");
const path = require("path");
const readline = require("readline");
const solc = require(require.resolve("solc", { paths: [process.cwd(), path.join(__dirname, "..", "..", "..")] }));

// Without the hash of the source, equal code means an equal mutant.
const SETTINGS = {
  evmVersion: "cancun",
  optimizer: { enabled: true, runs: 10000 },
  metadata: { bytecodeHash: "none", appendCBOR: false },
  remappings: ["@openzeppelin=node_modules/@openzeppelin"],
};

function compile({ override, files }) {
  const read = (file) => override[file] ?? fs.readFileSync(file, "utf8");
  const found = (file) => {
    try {
      return { contents: read(file) };
    } catch (error) {
      return { error: error.message };
    }
  };
  const sources = Object.fromEntries(files.map((file) => [file, { content: read(file) }]));
  const outputSelection = Object.fromEntries(files.map((file) => [file, { "*": ["evm.bytecode.object"] }]));
  const input = { language: "Solidity", sources, settings: { ...SETTINGS, outputSelection } };
  const made = JSON.parse(solc.compile(JSON.stringify(input), { import: found }));
  const errors = (made.errors ?? []).filter((error) => error.severity === "error");
  if (errors.length > 0) return { error: errors.map((error) => error.formattedMessage).join("\n") };
  const codes = files.flatMap((file) => Object.entries(made.contracts[file] ?? {}));
  return { codes: Object.fromEntries(codes.map(([name, one]) => [name, one.evm.bytecode.object])) };
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(JSON.stringify(compile(JSON.parse(line))) + "\n");
});
