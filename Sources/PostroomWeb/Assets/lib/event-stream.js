// Server-sent events over fetch: EventSource itself can carry neither a token nor a language, and tells little of failures.

import { send } from "./api.js";

/** Cuts a stream of text into events. `push(text)` returns those that are complete: [{event, data, id}]. Pure. */
export class EventParser {
  #rest = "";
  #event = "";
  #data = [];
  #id = "";

  push(text) {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    const events = [];
    for (const line of lines) {
      if (line === "") {
        if (this.#data.length) events.push({ event: this.#event || "message", data: this.#data.join("\n"), id: this.#id });
        this.#event = "";
        this.#data = [];
      } else if (!line.startsWith(":")) {
        const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
        if (name === "data") this.#data.push(value);
        else if (name === "event") this.#event = value;
        else if (name === "id") this.#id = value;
      }
    }
    return events;
  }
}

/** 1, 2, 4 … 30 seconds, with some chance, so that pages do not all come back at once. */
export const backOff = (attempt, random = Math.random()) => Math.min(30_000, 1000 * 2 ** attempt) * (0.7 + 0.6 * random);

/** Keeps a stream open until the returned function is called. Silence for 75 s counts as lost: the server pings each 30. */
export function openEvents(url, handlers) {
  const closed = new AbortController();
  let wake = null;
  // Back at once when the network or the person returns.
  for (const type of ["online", "focus"]) addEventListener(type, () => wake?.(), { signal: closed.signal });
  run();
  return () => closed.abort();

  async function run() {
    let lastId = "";
    for (let attempt = 0; !closed.signal.aborted; attempt++) {
      const silence = new AbortController();
      let timer;
      const alive = () => {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), 75_000);
      };
      try {
        const signal = AbortSignal.any([closed.signal, silence.signal]);
        alive();
        const response = await send(url, { accept: "text/event-stream", signal, headers: lastId ? { "Last-Event-ID": lastId } : {} });
        attempt = 0;
        handlers.open?.();
        const parser = new EventParser();
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
          alive();
          for (const { event, data, id } of parser.push(chunk.value)) {
            lastId = id || lastId;
            if (handlers[event]) handlers[event](JSON.parse(data));
          }
        }
      } catch (problem) {
        if (problem.status === 401) return;
      }
      clearTimeout(timer);
      if (closed.signal.aborted) return;
      handlers.lost?.();
      await new Promise((resolve) => {
        wake = resolve;
        setTimeout(resolve, backOff(attempt));
      });
      wake = null;
    }
  }
}
