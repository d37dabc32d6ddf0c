import { StrictMode } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { Greeting } from "../recipes/use-session.jsx";
import { framework, signIn } from "./page.js";

await signIn();
const app = document.querySelector("#app");
const page = <StrictMode><Greeting /></StrictMode>;
app.innerHTML = renderToString(page); // what a server would send
hydrateRoot(app, page, { onRecoverableError: (error) => console.error(error.message) });
await framework();
