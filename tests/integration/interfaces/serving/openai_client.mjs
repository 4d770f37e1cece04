// The official JavaScript client, unmodified, through the pay proxy: node openai_client.mjs URL
import OpenAI from "openai";

const client = new OpenAI({ baseURL: `${process.argv[2]}/v1`, apiKey: "none", maxRetries: 0 });
const model = "estuary";
const messages = [{ role: "user", content: "When was the hour bell cast?" }];
const told = {};

told.models = (await client.models.list()).data.map((one) => one.id);
const whole = await client.chat.completions.create({ model, messages });
told.whole = { text: whole.choices[0].message.content, usage: whole.usage, fee: whole.tallystick.price.fee };

let text = "", usage = null, fee = 0;
const stream = await client.chat.completions.create({
  model, messages, stream: true, stream_options: { include_usage: true },
});
for await (const chunk of stream) {
  text += chunk.choices[0]?.delta?.content ?? "";
  usage = chunk.usage ?? usage;
  fee = chunk.tallystick?.price.fee ?? fee;
}
told.streamed = { text, usage, fee };

const plain = await client.completions.create({ model, prompt: "When was it cast?" });
told.completed = plain.choices[0].text;
const vectors = await client.embeddings.create({ model, input: ["tide", "mill pond"] });
told.embedded = vectors.data.map((one) => one.embedding.slice(0, 2));

try {
  await client.chat.completions.create({ model: "delta", messages });
} catch (error) {
  told.refused = { name: error.constructor.name, status: error.status, code: error.code, param: error.param };
}
console.log(JSON.stringify(told));
