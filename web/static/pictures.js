// The two pictures.
import { $, onClick, onSubmit, resetForm } from "./forms.js";

const KINDS = [
  { id: "avatar", field: "avatar", set: "setAvatar", remove: "removeAvatar" },
  { id: "cover", field: "coverImage", set: "setCoverImage", remove: "removeCoverImage" },
];

export function picturesPanel(client) {
  for (const { id, field, set, remove } of KINDS) {
    const form = $(`${id}-form`);
    onSubmit(form, async () => {
      const body = new FormData();
      body.append(field, form.elements[field].files[0] ?? "");
      const { message } = await client.api[set](body);
      await client.session.refetch();
      return message;
    });
    onClick($(`${id}-remove`), async () => {
      const { message } = await client.api[remove]();
      await client.session.refetch();
      return message;
    });
  }

  return {
    show(user) {
      for (const { id, field } of KINDS) {
        showPicture($(`${id}-picture`), user[field]);
        $(`${id}-remove`).hidden = !user[field];
      }
      showPicture($("account-avatar"), user.avatar);
      $("account-initial").hidden = Boolean(user.avatar);
    },
    clear() {
      for (const { id } of KINDS) {
        resetForm($(`${id}-form`));
        showPicture($(`${id}-picture`), "");
      }
      showPicture($("account-avatar"), "");
    },
  };
}

// Answers have the address at PUBLIC_URL; this page may have been opened under
// another name of the same server, and its policy allows pictures of that alone.
function showPicture(picture, address) {
  const path = address && new URL(address).pathname;
  if (!path) picture.removeAttribute("src");
  else if (picture.getAttribute("src") !== path) picture.src = path;
  picture.hidden = !path;
}
