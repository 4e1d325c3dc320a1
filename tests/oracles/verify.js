// Reads {"records": {name: text}, "messages": [base64, ...]} from standard input, and
// writes what mailauth says of each signature of each message. Asks no name server.
"use strict";

const { dkimVerify } = require(process.argv[2]);

async function main() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const { records, messages } = JSON.parse(Buffer.concat(chunks).toString());

  async function resolver(name, type) {
    if (type === "TXT" && name in records) return [[records[name]]];
    const error = new Error(`There is no ${type} record ${name}.`);
    error.code = "ENOTFOUND";
    throw error;
  }

  const verdicts = [];
  for (const message of messages) {
    const found = await dkimVerify(Buffer.from(message, "base64"), { resolver });
    verdicts.push(
      found.results
        .filter((result) => result.signingDomain)
        .map((result) => ({
          author: (found.headerFrom || []).join(", "),
          domain: result.signingDomain,
          selector: result.selector,
          algorithm: result.algo,
          canonicalization: result.format,
          result: result.status.result,
          note: result.status.comment || "",
        })),
    );
  }
  process.stdout.write(JSON.stringify(verdicts));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
