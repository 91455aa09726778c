// HTML that may stand in our own page: rebuilt node by node from a list of what is allowed, so nothing else can come through.
// Used for what is quoted into the editor and what is pasted there; messages are read in a sandboxed frame instead.

const allowed = new Set("P BR DIV B STRONG I EM U S A UL OL LI BLOCKQUOTE PRE CODE H1 H2 H3 H4 HR SPAN".split(" "));
const dropped = new Set("SCRIPT STYLE TITLE HEAD META LINK TEMPLATE NOSCRIPT IFRAME OBJECT SVG MATH TEXTAREA SELECT BUTTON".split(" "));
const blocks = new Set("P DIV UL OL LI BLOCKQUOTE PRE H1 H2 H3 H4 HR TABLE TR SECTION ARTICLE HEADER FOOTER ADDRESS DL DT DD".split(" "));
const safeLink = /^(https?:|mailto:|tel:)/i;

/** A fragment with the allowed part of `html`, without any attribute but links' href. */
export function cleanHtml(html) {
  const fragment = document.createDocumentFragment();
  // Styles are not kept; the parser would only complain of them to the page's policy.
  const unstyled = html.replace(/(\s)style(\s*=)/gi, "$1data-style$2");
  copy(new DOMParser().parseFromString(unstyled, "text/html").body, fragment);
  return fragment;
}

function copy(from, to) {
  // An explicit stack: mail nests deeper than the call stack goes.
  const work = [[from, to, 0]];
  while (work.length) {
    const [source, target, depth] = work.pop();
    for (const node of source.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) target.append(node.data);
      if (node.nodeType !== Node.ELEMENT_NODE || dropped.has(node.tagName.toUpperCase())) continue;
      if (depth > 80) {
        target.append(node.textContent);
        continue;
      }
      const made = copyElement(node);
      target.append(made);
      if (node.tagName === "TD" || node.tagName === "TH") target.append(" ");
      work.push([node, made, depth + 1]);
    }
  }
}

/** What is not allowed leaves its words in a plain element. */
function copyElement(node) {
  if (!allowed.has(node.tagName)) return document.createElement(blocks.has(node.tagName) ? "div" : "span");
  const made = document.createElement(node.tagName);
  if (node.tagName === "A") {
    const href = node.getAttribute("href")?.trim() ?? "";
    if (!safeLink.test(href)) return document.createElement("span");
    made.href = href;
    made.rel = "noopener noreferrer";
  }
  return made;
}

/** The text of a tree the way a plain text message shows it: blocks on lines of their own, quotes behind "> ". */
export function toPlainText(root) {
  let text = "";
  const newline = (count) => {
    const trimmed = text.replace(/[ \t]+$/, "");
    const have = /\n*$/.exec(trimmed)[0].length;
    text = trimmed + (trimmed ? "\n".repeat(Math.max(0, count - have)) : "");
  };
  const walk = (node, isPreformatted) => {
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) {
        const piece = isPreformatted ? child.data : child.data.replace(/[ \t\n\r]+/g, " ");
        text += /(^|\n)$/.test(text) && !isPreformatted ? piece.replace(/^ /, "") : piece;
      } else if (child.nodeType === Node.ELEMENT_NODE) element(child, isPreformatted);
    }
  };
  const element = (node, isPreformatted) => {
    const tag = node.tagName;
    if (tag === "BR") text += "\n";
    else if (tag === "HR") {
      newline(1);
      text += "----\n";
    } else if (tag === "BLOCKQUOTE") {
      newline(1);
      const inner = toPlainText(node).trimEnd();
      text += `${inner.split("\n").map((line) => (line.startsWith(">") ? `>${line}` : `> ${line}`.trimEnd())).join("\n")}\n`;
    } else if (tag === "LI") {
      newline(1);
      const list = node.parentElement;
      text += list?.tagName === "OL" ? `${[...list.children].indexOf(node) + 1}. ` : "- ";
      walk(node, isPreformatted);
      newline(1);
    } else {
      const isBlock = blocks.has(tag);
      if (isBlock) newline(1);
      walk(node, isPreformatted || tag === "PRE");
      const href = tag === "A" ? node.getAttribute("href") ?? "" : "";
      if (/^https?:/.test(href) && !node.textContent.includes(href.replace(/^https?:\/\/|\/$/g, ""))) text += ` <${href}>`;
      if (isBlock) newline(tag === "P" ? 2 : 1);
    }
  };
  walk(root, false);
  return text.replaceAll("\u00a0", " ");
}

/** Whether there is anything in it that plain text cannot show. */
export const hasFormatting = (root) => root.querySelector("b,strong,i,em,u,s,a,ul,ol,h1,h2,h3,h4,hr,pre,code") !== null;
