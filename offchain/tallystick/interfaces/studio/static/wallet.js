// The browser's wallet (EIP-1193), and the one word about a studio that does not answer. No key is ever here.
(() => {
  "use strict";
  const at = () => document.body.dataset.at;
  const csrf = () => JSON.parse(document.body.getAttribute("hx-headers"))["x-csrf"];

  // An error that a person is meant to read.
  class Told extends Error {}

  function wallet() {
    if (!window.ethereum) throw new Told("No wallet is in this browser. Install one that speaks EIP-1193, such as MetaMask, and load this page again.");
    return window.ethereum;
  }

  function said(error) {
    if (error instanceof Told) return error.message;
    if (error && error.code === 4001) return "You refused in the wallet. Nothing was done.";
    if (error && error.code === -32002) return "The wallet waits for you: open it, a question is there already.";
    return "The wallet failed: " + ((error && error.message) || error);
  }

  async function post(path, fields) {
    let answer;
    try {
      answer = await fetch(at() + path, {
        method: "POST", headers: { "x-csrf": csrf(), "hx-request": "true" }, body: new URLSearchParams(fields),
      });
    } catch {
      throw new Told("The studio does not answer. Check that it still runs.");
    }
    const text = await answer.text();
    if (answer.ok) return text;
    const shown = new DOMParser().parseFromString(text, "text/html");
    throw new Told((shown.querySelector(".note") || shown.body).innerText.trim().replace(/\s+/g, " "));
  }

  async function account() {
    const [first] = await wallet().request({ method: "eth_requestAccounts" });
    if (!first) throw new Told("The wallet shows no account. Unlock it, and allow this page to see one.");
    return first;
  }

  // Asks the wallet to change networks where that is needed; says what to do where it will not.
  async function onChain(wanted) {
    const there = async () => Number(await wallet().request({ method: "eth_chainId" }));
    if ((await there()) === wanted) return;
    try {
      await wallet().request({ method: "wallet_switchEthereumChain", params: [{ chainId: "0x" + wanted.toString(16) }] });
    } catch { /* what matters is where it is now */ }
    const now = await there();
    if (now !== wanted) throw new Told(`The wallet is on network ${now}, this node on ${wanted}. Choose network ${wanted} in the wallet and try again. Nothing was sent.`);
  }

  async function signIn() {
    const who = await account();
    const chain = Number(await wallet().request({ method: "eth_chainId" }));
    const { message } = JSON.parse(await post("/account/challenge", { account: who, chain }));
    const bytes = "0x" + [...new TextEncoder().encode(message)].map((b) => b.toString(16).padStart(2, "0")).join("");
    const signature = await wallet().request({ method: "personal_sign", params: [bytes, who] });
    await post("/account/sign-in", { signature });
    const back = sessionStorage.getItem("asked for sign-in");
    sessionStorage.removeItem("asked for sign-in");
    location.assign(back || at() + "/");
  }

  // A wallet may drop a transaction, and a chain may stand still: after this nobody waits any more.
  const PATIENCE_MS = 180_000;

  async function mined(hash) {
    const until = Date.now() + PATIENCE_MS;
    while (Date.now() < until) {
      const receipt = await wallet().request({ method: "eth_getTransactionReceipt", params: [hash] });
      if (receipt) return receipt;
      await new Promise((later) => setTimeout(later, 1000));
    }
    throw new Told(`The transaction ${hash} is in no block after three minutes. Look for it in the wallet; this button goes on waiting for it.`);
  }

  // What of a button's calls was sent, by their hashes: a second click, also after a reload, goes on where the first one
  // ended. It is forgotten once the studio was told of all, and when the chain refused one.
  function notes(who, told) {
    const key = `sent ${who.toLowerCase()} ${told}`;
    return {
      read: () => JSON.parse(sessionStorage.getItem(key) || "[]"),
      write: (hashes) => sessionStorage.setItem(key, JSON.stringify(hashes)),
      forget: () => sessionStorage.removeItem(key),
    };
  }

  // The account on the wanted network, or a word on what to choose.
  async function standing(chain, wanted) {
    const who = await account();
    if (wanted && who.toLowerCase() !== wanted) throw new Told(`The wallet acts as ${who}. Choose ${wanted} in it. Nothing was sent.`);
    await onChain(chain);
    return who;
  }

  async function replace(button, fields) {
    const part = document.getElementById(button.dataset.part);
    part.outerHTML = await post(button.dataset.done, fields);
    window.htmx.process(document.body);
  }

  // `data-calls` are the transactions in their order, `data-done` where their hashes are told to the studio, which looks
  // at the chain itself and answers with what takes the place of `data-part`.
  async function send(button, say) {
    const { chain, account: wanted, calls } = JSON.parse(button.dataset.calls);
    const who = await standing(chain, wanted);
    const kept = notes(who, button.dataset.calls), hashes = kept.read(), before = hashes.length;
    for (const [place, call] of calls.entries()) {
      if (place >= hashes.length) {
        say(`${call.what}: confirm it in the wallet.${before ? ` What came before it (${before} of ${calls.length}) is not sent again.` : ""}`);
        try {
          hashes.push(await wallet().request({ method: "eth_sendTransaction", params: [{ from: who, to: call.to, data: call.data }] }));
        } catch (error) {
          if (!place || !error || error.code !== 4001) throw error;
          throw new Told(`You refused "${call.what}" in the wallet. Done already: ${calls.slice(0, place).map((c) => c.what).join(", ")}. Press the button again to go on from here.`);
        }
        kept.write(hashes);
      }
      say(`${call.what}: sent as ${hashes[place]}, waiting for its block.`);
      const receipt = await mined(hashes[place]);
      if (Number(receipt.status) !== 1) {
        kept.forget();
        throw new Told(`${call.what}: the chain refused the transaction ${hashes[place]}. Prepare it anew: what is needed now may be other than before.`);
      }
    }
    say("The chain has it. Looking at what came of it.");
    await replace(button, { transactions: hashes.join(" ") });
    kept.forget();  // not before: a studio that failed to answer would have the next click send all of it again
  }

  // `data-typed` is what the wallet shows and signs (EIP-712); it sends nothing.
  async function sign(button, say) {
    const { chain, account: wanted, typed } = JSON.parse(button.dataset.typed);
    const who = await standing(chain, wanted);
    say("Read it in the wallet, and sign it there.");
    const signature = await wallet().request({ method: "eth_signTypedData_v4", params: [who, JSON.stringify(typed)] });
    say("Signed. Looking at it.");
    await replace(button, { signature });
  }

  const acts = { "sign-in": signIn, send, sign };

  // From whatever page one goes to sign in, one comes back to it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const isAccount = (path) => path === at() + "/account";
    if (link && isAccount(link.pathname) && !isAccount(location.pathname)) sessionStorage.setItem("asked for sign-in", location.pathname + location.search);
  }, true);

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-wallet]");
    if (!button || button.disabled) return;
    const word = (button.closest("section, form, main") || document).querySelector("[data-wallet-word]");
    const say = (text) => { if (word) word.textContent = text; };
    button.disabled = true;
    say("Waiting for the wallet.");
    try {
      await acts[button.dataset.wallet](button, say);
    } catch (error) {
      say(said(error));
    }
    button.disabled = false;
  });

  const connected = (is) => { const word = document.getElementById("connection"); if (word) word.hidden = is; };
  document.addEventListener("htmx:sendError", () => connected(false));
  document.addEventListener("htmx:timeout", () => connected(false));
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) connected(true); });
})();
