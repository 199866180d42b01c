import DOMPurify from "dompurify";
import { marked } from "marked";
import hljs from "highlight.js/lib/core";
import js from "highlight.js/lib/languages/javascript";
hljs.registerLanguage("javascript", js);
document.body.innerHTML = DOMPurify.sanitize(marked.parse("**x**") as string) + hljs.highlight("x", { language: "javascript" }).value;
