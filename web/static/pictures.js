// The two pictures.
import { $, clearForm, onClick, onSubmit } from "./forms.js";

const KINDS = [
  { id: "avatar", field: "avatar", path: "/api/v1/users/avatar" },
  { id: "cover", field: "coverImage", path: "/api/v1/users/cover-image" },
];

export function picturesPanel(api, showAccount) {
  for (const { id, field, path } of KINDS) {
    const form = $(`${id}-form`);
    onSubmit(form, async () => {
      const body = new FormData();
      body.append(field, form.elements[field].files[0] ?? "");
      const { data, message } = await api.request("PATCH", path, body);
      showAccount(data);
      return message;
    });
    onClick($(`${id}-remove`), async () => {
      const { data, message } = await api.request("DELETE", path);
      showAccount(data);
      return message;
    });
  }

  return {
    show(user) {
      for (const { id, field } of KINDS) {
        const picture = $(`${id}-picture`);
        const address = user[field] && localAddress(user[field]);
        if (picture.getAttribute("src") !== address) picture.src = address;
        picture.hidden = !address;
        $(`${id}-remove`).hidden = !address;
      }
    },
    clear() {
      for (const { id } of KINDS) {
        $(`${id}-form`).reset();
        clearForm($(`${id}-form`));
        $(`${id}-picture`).removeAttribute("src");
      }
    },
  };
}

// Answers have the address at PUBLIC_URL; this page may have been opened under
// another name of the same server, and its policy allows pictures of that alone.
function localAddress(address) {
  return new URL(address).pathname;
}
