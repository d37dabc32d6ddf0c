import { mount } from "svelte";
import Greeting from "../recipes/Greeting.svelte";
import { framework, signIn } from "./page.js";

await signIn();
mount(Greeting, { target: document.querySelector("#app") });
await framework();
