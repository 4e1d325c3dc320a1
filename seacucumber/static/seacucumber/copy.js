/* Puts a button beside everything to copy. Without it, one click selects the text. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
    // Browsers offer the clipboard to https and to this machine only.
    if (!navigator.clipboard) {
        return;
    }
    for (const code of document.querySelectorAll("code.cu-copy[data-copy]")) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "cu-copy-button";
        button.textContent = code.dataset.copy;
        const what = code.dataset.name || code.textContent;
        button.setAttribute("aria-label", `${code.dataset.copy}: ${what}`);
        button.setAttribute("aria-live", "polite");
        button.addEventListener("click", async () => {
            await navigator.clipboard.writeText(code.textContent);
            button.textContent = code.dataset.copied;
            button.setAttribute("aria-label", code.dataset.copied);
        });
        code.after(button);
    }
});
