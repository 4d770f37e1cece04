// A solc command line over the WebAssembly compiler of the npm package `solc`, so that no native compiler is needed.
// Brownie and forge speak --standard-json, Slither --combined-json; the wrapper's name is the one py-solc-x looks for.
"use strict";

const fs = require("fs");
const path = require("path");

const SETTINGS = { evmVersion: "cancun", optimizer: { enabled: true, runs: 200 } };
const OUTPUTS = ["abi", "evm.bytecode", "evm.deployedBytecode", "evm.methodIdentifiers", "userdoc", "devdoc"];

/** One whole write to standard output. process.exit would cut what is left in a pipe after 64 KiB, so write in step. */
function print(text) {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += fs.writeSync(1, bytes, written);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

/** The compiler hands over a path that its remappings have been applied to. */
function readSource(file) {
  try {
    return { contents: fs.readFileSync(file, "utf8") };
  } catch (error) {
    return { error: error.message };
  }
}

function loadCompiler() {
  const folders = [process.cwd(), path.join(__dirname, "..", "..")];
  return require(require.resolve("solc", { paths: folders }));
}

/** The older output shape: contracts keyed `file:Name`, with `bin` and `srcmap` keys. */
function combined(compiled, version) {
  const files = Object.keys(compiled.sources).sort((a, b) => compiled.sources[a].id - compiled.sources[b].id);
  const result = { contracts: {}, sourceList: files, sources: {}, version };
  for (const file of files) {
    result.sources[file] = { AST: compiled.sources[file].ast };
    for (const [name, made] of Object.entries(compiled.contracts?.[file] ?? {})) {
      result.contracts[`${file}:${name}`] = {
        abi: made.abi,
        bin: made.evm.bytecode.object,
        "bin-runtime": made.evm.deployedBytecode.object,
        srcmap: made.evm.bytecode.sourceMap,
        "srcmap-runtime": made.evm.deployedBytecode.sourceMap,
        hashes: made.evm.methodIdentifiers,
        userdoc: made.userdoc,
        devdoc: made.devdoc,
      };
    }
  }
  return result;
}

function compileCombined(compiler, words) {
  const remappings = words.filter((word) => word.includes("="));
  const files = words.filter((word) => word.endsWith(".sol") && !word.includes("="));
  const sources = Object.fromEntries(files.map((file) => [file, { content: fs.readFileSync(file, "utf8") }]));
  const settings = { ...SETTINGS, remappings, outputSelection: { "*": { "*": OUTPUTS, "": ["ast"] } } };
  const input = JSON.stringify({ language: "Solidity", sources, settings });
  const compiled = JSON.parse(compiler.compile(input, { import: readSource }));
  const errors = (compiled.errors ?? []).filter((error) => error.severity === "error");
  if (errors.length > 0) {
    console.error(errors.map((error) => error.formattedMessage).join("\n"));
    process.exitCode = 1;
    return;
  }
  print(JSON.stringify(combined(compiled, compiler.version())));
}

function main(words) {
  const compiler = loadCompiler();
  if (words.includes("--version")) {
    // Tools parse this line and know only native builds by name.
    const version = compiler.version().replace("Emscripten.clang", "Linux.g++");
    print(`solc, the solidity compiler commandline interface\nVersion: ${version}\n`);
  } else if (words.includes("--standard-json")) {
    print(compiler.compile(fs.readFileSync(0, "utf8"), { import: readSource }));
  } else if (words.some((word) => word.startsWith("--combined-json"))) {
    compileCombined(compiler, words.filter((word) => !word.startsWith("--")));
  } else {
    print("usage: solc --version | --standard-json | --combined-json KEYS [a=b ...] FILE.sol ...\n");
  }
}

main(process.argv.slice(2));
