// Reads annotations as GitHub's runner does and writes them again with GitHub's own library: the bytes must be the same.
//
// usage: node annotations.mjs FOLDER_OF_NODE_MODULES REPORT.github...
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [tools, ...reports] = process.argv.slice(2);
const library = pathToFileURL(`${tools}/node_modules/@actions/core/lib/command.js`);
const { issueCommand } = await import(library);

const unescape = (text) =>
  text
    .replaceAll("%0D", "\r")
    .replaceAll("%0A", "\n")
    .replaceAll("%3A", ":")
    .replaceAll("%2C", ",")
    .replaceAll("%25", "%");

// `::name key=value,key=value::message`
function parse(line) {
  const [, name, properties, message] = line.match(/^::(\w+) (.*?)::(.*)$/u);
  const pairs = properties.split(",").map((pair) => {
    const equals = pair.indexOf("=");
    return [pair.slice(0, equals), unescape(pair.slice(equals + 1))];
  });
  return { name, properties: Object.fromEntries(pairs), message: unescape(message) };
}

function written({ name, properties, message }) {
  const write = process.stdout.write;
  let text = "";
  process.stdout.write = (part) => (text += part);
  issueCommand(name, properties, message);
  process.stdout.write = write;
  return text.trimEnd();
}

for (const report of reports) {
  const lines = readFileSync(report, "utf8").split("\n").filter((line) => line.startsWith("::"));
  for (const line of lines) {
    const command = parse(line);
    const known = ["error", "warning", "notice"].includes(command.name);
    if (!known || !command.properties.title || written(command) !== line) {
      console.error(`${report}: GitHub writes ${written(command)}\nwhere exlint writes ${line}`);
      process.exit(1);
    }
  }
  console.log(`${report}: ${lines.length} annotations`);
}
