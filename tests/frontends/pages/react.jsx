import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Greeting } from "../recipes/use-session.jsx";
import { framework, signIn } from "./page.js";

await signIn();
createRoot(document.querySelector("#app")).render(<StrictMode><Greeting /></StrictMode>);
await framework();
