import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { sheetsForXterm } from "./sheetsForXterm.ts";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), sheetsForXterm()],
  build: {
    // What the policy of the page allows: files, and nothing in the document itself.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
    reportCompressedSize: false,
  },
});
