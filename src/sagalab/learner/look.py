"""The look of our pages and cards: readable in light and dark, with no resource from elsewhere."""

from __future__ import annotations

import re
from html import escape

# blue, orange and vermilion of the Okabe-Ito palette; each state also has its word
CSS = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #ffffff; --panel: #f6f8fa;
  --line: #d0d7de; --good: #00664b; --part: #8a5a00; --bad: #a63a00; --person: #00518a; --bar: #0072b2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9da7b3; --paper: #0d1117;
  --panel: #161b22; --line: #30363d; --good: #3fd0a4; --part: #f0b54a; --bad: #ff9466; --person: #7cc4f5;
  --bar: #56b4e9; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 2rem 1.25rem 4rem; color: var(--ink);
  background: var(--paper); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .75rem; padding-bottom: .3rem;
  border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 0; }
p { margin: .4rem 0; max-width: 46rem; }
a { color: var(--person); }
.soft { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .5rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; } thead th { font-size: .85rem; color: var(--soft); }
td.number, th.number { text-align: right; white-space: nowrap; }
tbody tr:hover { background: var(--panel); }
.bar { display: block; height: 4px; border-radius: 2px; background: var(--line); margin-top: .3rem;
  min-width: 3.2rem; }
.bar > span { display: block; height: 100%; border-radius: 2px; background: var(--bar); }
.status { font-weight: 600; white-space: nowrap; }
.good { color: var(--good); } .part { color: var(--part); } .bad { color: var(--bad); }
.person { color: var(--person); }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.25rem 0; }
.tile { border: 1px solid var(--line); background: var(--panel); border-radius: 8px; padding: .6rem 1rem; }
.tile b { display: block; font-size: 1.4rem; line-height: 1.3; }
.first { border: 1px solid var(--line); border-left: 5px solid var(--bad); background: var(--panel);
  border-radius: 8px; padding: 1rem 1.25rem; margin: 1.25rem 0; }
.first.good { border-left-color: var(--good); color: inherit; }
.first.person { border-left-color: var(--person); color: inherit; }
.criterion { border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1.1rem; margin: .7rem 0; }
.head { display: flex; justify-content: space-between; gap: 1rem; align-items: baseline; }
.points { font-weight: 600; white-space: nowrap; }
figure { margin: .9rem 0 0; } figcaption { color: var(--soft); font-size: .9rem; }
img { max-width: 100%; height: auto; border-radius: 4px; }
code { font: .88em/1.4 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
details { margin-top: .5rem; } summary { cursor: pointer; color: var(--soft); }
"""


def page(title: str, body: str) -> str:
    """Gives a whole page; `body` is HTML, `title` is text."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{CSS}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def number(points: float) -> str:
    """Gives points as people write them: 4, 2.5, 3.33."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def inline(text: str) -> str:
    """Gives plain text escaped for HTML; what stands between backticks becomes code."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", escape(text))


def paragraphs(text: str) -> str:
    """Gives plain text as escaped HTML paragraphs, one per line."""
    return "".join(f"<p>{inline(line)}</p>" for line in text.splitlines() if line.strip())


def bar(points: float, most: float) -> str:
    """Gives a small bar; the number beside it says the same in words."""
    share = 0.0 if most <= 0 else min(max(points / most, 0.0), 1.0)
    return f'<span class="bar" aria-hidden="true"><span style="width:{share:.0%}"></span></span>'
