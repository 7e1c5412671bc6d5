import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// The stack whose /v1 `npm run dev` asks.
const stack = process.env.STACK ?? "http://127.0.0.1:8080";

/** Cloudscape's global style sheet has six fonts inside it, in the way of the first
 *  paint. console.css names the same typeface as a file of its own. */
const fontsAsFiles: Plugin = {
  name: "fonts-as-files",
  enforce: "pre",
  transform(code, id) {
    if (id.includes("global-styles/index.css")) return code.replace(/@font-face\s*\{[^}]*\}/g, "");
    return undefined;
  },
};

/** What only the canvas needs, which the pages that show it load when they do. */
const ofCanvas = /[\\/](@xyflow|@dagrejs|d3-[a-z]+|zustand|classcat)[\\/]|[\\/]src[\\/]graph[\\/](?!Canvas)/;

export default defineConfig({
  plugins: [fontsAsFiles, react()],
  // No data: URLs and no inline script, so that the policy of functions/console can forbid them.
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: "manifest.json",
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      output: {
        // What several pages share comes in one file each from others and from us: every
        // file is a call of the function, so that fifty small ones would be slower.
        codeSplitting: {
          groups: [
            { name: "shared", test: (id) => id.includes("node_modules") && !ofCanvas.test(id), minShareCount: 2, priority: 3 },
            { name: "console", test: /[\\/]src[\\/](?!editor|graph)/, minShareCount: 2, priority: 2 },
            { name: "canvas", test: ofCanvas, minShareCount: 2, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    proxy: Object.fromEntries(["/v1/", "/local/", "/a/", "/hooks/"].map((path) => [path, { target: stack }])),
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
