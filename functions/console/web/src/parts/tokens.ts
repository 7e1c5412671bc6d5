// By path, because the package of tokens is published with the hashes of another version
// than the components have, and the components do not export theirs.
import * as tokens from "../../node_modules/@cloudscape-design/components/internal/generated/styles/tokens.js";

// console.css and the canvas take their colours from Cloudscape's design tokens, whose
// names carry a hash; here they get names to write down. They are set on body, as the
// class is that makes them dark.

const names = {
  "--text": tokens.colorTextBodyDefault,
  "--text-quiet": tokens.colorTextBodySecondary,
  "--page": tokens.colorBackgroundLayoutMain,
  "--surface": tokens.colorBackgroundContainerContent,
  "--sunken": tokens.colorBackgroundCellShaded,
  "--line": tokens.colorBorderDividerDefault,
  "--accent": tokens.colorBorderItemFocused,
  "--accent-soft": tokens.colorBackgroundItemSelected,
  "--good": tokens.colorTextStatusSuccess,
  "--bad": tokens.colorTextStatusError,
  "--info": tokens.colorTextStatusInfo,
  "--warn": tokens.colorTextStatusWarning,
};

export function nameColours(root: HTMLElement = document.body) {
  for (const [name, value] of Object.entries(names)) root.style.setProperty(name, value);
}
