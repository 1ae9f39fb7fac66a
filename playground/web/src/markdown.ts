// The subset of Markdown in the policies' documentation: headings, paragraphs, lists, code and links.

import { element } from "./element";

/** The text as elements. Unknown syntax stays text. */
export function markdown(text: string): HTMLElement {
  const made = element("div", { class: "markdown" });
  const lines = text.split("\n");
  let at = 0;
  const takeWhile = (wanted: (line: string) => boolean): string[] => {
    const start = at;
    while (at < lines.length && wanted(lines[at] ?? "")) at++;
    return lines.slice(start, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? "";
    if (line.startsWith("```")) {
      at++;
      const code = takeWhile((line) => !line.startsWith("```"));
      at++;
      made.append(element("pre", { tabindex: "0" }, element("code", {}, code.join("\n"))));
    } else if (/^#+ /.test(line)) {
      at++;
      made.append(element("h3", {}, ...inline(line.replace(/^#+ /, ""))));
    } else if (/^\s*[-*] /.test(line)) {
      const items: string[] = [];
      for (const part of takeWhile((line) => line.trim() !== "" && !line.startsWith("#") && !line.startsWith("```"))) {
        if (/^\s*[-*] /.test(part)) items.push(part.replace(/^\s*[-*] /, ""));
        else items.push(`${items.pop() ?? ""} ${part.trim()}`);
      }
      made.append(element("ul", {}, ...items.map((item) => element("li", {}, ...inline(item)))));
    } else if (line.startsWith("|")) {
      const [head, , ...body] = takeWhile((line) => line.startsWith("|")).map(cells);
      const row = (name: "th" | "td") => (cells: string[]) =>
        element("tr", {}, ...cells.map((cell) => element(name, {}, ...inline(cell))));
      made.append(element("table", {}, element("thead", {}, row("th")(head ?? [])), element("tbody", {}, ...body.map(row("td")))));
    } else if (line.trim() === "") {
      at++;
    } else {
      const paragraph = takeWhile((line) => line.trim() !== "" && !/^(#+ |```|\||\s*[-*] )/.test(line));
      // A line that only looks like other syntax is a paragraph.
      if (paragraph.length === 0) at++;
      made.append(element("p", {}, ...inline((paragraph.length === 0 ? [line] : paragraph).join(" "))));
    }
  }
  return made;
}

function cells(line: string): string[] {
  return line.replace(/^\||\|\s*$/g, "").split("|").map((cell) => cell.trim());
}

function inline(text: string): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let done = 0;
  for (const match of text.matchAll(/`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\((https:\/\/[^)\s]+)\)/g)) {
    parts.push(text.slice(done, match.index));
    const [all, code, strong, title, url] = match;
    if (code !== undefined) parts.push(element("code", {}, code));
    else if (strong !== undefined) parts.push(element("strong", {}, strong));
    else parts.push(element("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, title));
    done = match.index + all.length;
  }
  parts.push(text.slice(done));
  return parts;
}
