// What the server says when something does not work (RFC 9457), as an Error.

/** Members: status, code, title, detail, fix, actor, field, errors, and the whole body. `code` is what to switch on. */
export class Problem extends Error {
  constructor(body, status = 0) {
    super(body.title || body.detail || body.code || `HTTP ${status}`);
    this.name = "Problem";
    this.status = status;
    this.code = body.code ?? "unknown";
    this.title = body.title ?? "";
    this.detail = body.detail ?? "";
    this.fix = body.fix ?? "";
    this.actor = body.actor ?? "";
    this.field = body.field ?? null;
    this.errors = body.errors ?? [];
    this.serverText = body.serverText ?? "";
    this.body = body;
  }

  /** No answer at all: the network or the server is away. */
  static away() {
    return new Problem({ code: "server-away" });
  }

  get isAway() {
    return this.code === "server-away";
  }

  /** Faults by field: [{field, code, title, detail, fix, suggestion}]. */
  get faults() {
    const all = this.errors.length ? this.errors : this.field ? [this.body] : [];
    return all.filter((fault) => fault.field);
  }
}
