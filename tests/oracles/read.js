// Reads {"messages": [base64, ...]} from standard input, and writes what postal-mime
// shows of each message.
"use strict";

const PostalMime = require(process.argv[2]).default || require(process.argv[2]);

function mailboxes(list) {
  return (list || []).flatMap((each) =>
    each.group
      ? mailboxes(each.group)
      : [{ name: each.name || "", address: each.address || "" }],
  );
}

async function main() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const { messages } = JSON.parse(Buffer.concat(chunks).toString());

  const read = [];
  for (const message of messages) {
    const mail = await PostalMime.parse(Buffer.from(message, "base64"));
    const header = (name) =>
      mail.headers.filter((each) => each.key === name).map((each) => each.value);
    read.push({
      subject: mail.subject || "",
      sender: mailboxes([mail.from]),
      to: mailboxes(mail.to),
      cc: mailboxes(mail.cc),
      reply_to: mailboxes(mail.replyTo),
      text: mail.text || "",
      html: mail.html || "",
      headers: Object.fromEntries(mail.headers.map((h) => [h.key, header(h.key)])),
      attachments: mail.attachments.map((each) => ({
        filename: each.filename,
        mimetype: each.mimeType,
        content: Buffer.from(each.content).toString("base64"),
      })),
    });
  }
  process.stdout.write(JSON.stringify(read));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
