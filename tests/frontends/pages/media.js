import { download, show, upload } from "../recipes/media.js";
import { later, ready, signIn } from "./page.js";

await signIn();
ready({
  picture: async () => {
    later(16);
    const image = new Image();
    const loaded = new Promise((done) => (image.onload = image.onerror = done));
    await show(image, "/api/v1/users/current-user");
    await loaded;
    return "asked";
  },
  send: async () => {
    later(16);
    const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 64 });
    const form = new FormData();
    form.set("avatar", await new Promise((done) => canvas.toBlob(done)), "avatar.png");
    return String((await upload("/api/v1/users/avatar", form)).status);
  },
  save: async () => {
    later(16);
    await download("/api/v1/users/current-user");
    return "saving";
  },
});
