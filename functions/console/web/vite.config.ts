import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The stack that `npm run dev` shows the pages of.
const stack = process.env.STACK ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  // No data: URLs and no inline script, so that the policy of functions/console can forbid them.
  build: { target: "es2023", assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1500 },
  server: {
    proxy: Object.fromEntries(["/v1", "/local", "/a/", "/hooks", "/.well-known"].map((path) => [path, { target: stack }])),
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
