// The name of a language in English; its tag where it has none, as x-pirate, which an
// operator may have made.
export function languageName(tag) {
  try {
    return new Intl.DisplayNames(["en"], { type: "language" }).of(tag);
  } catch {
    return tag;
  }
}
