import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { createQueries } from "./api/queries.ts";
import { currentSession, onSession, takeTokenOfAddress } from "./session.ts";
import "./style.css";

const queries = createQueries();
takeTokenOfAddress();
// An address with a token that is opened in a page that is open already changes its fragment alone.
addEventListener("hashchange", takeTokenOfAddress);
onSession(() => {
  if (currentSession().state === "closed") queries.clear();
});

const page = document.getElementById("page");
if (page === null) throw new Error("the document has no place for the page");
createRoot(page).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
