// Starts Swagger UI. A file of its own, because the page allows no inline script.

// What this page shows in another way than Swagger UI: the long introduction is
// folded, so that the first endpoint is seen at once; there is one server; and for
// screen readers no level of headings is left out, each field has a name, and a link
// inside a button is none.
const ours = ({ React: { createElement, Fragment } }) => ({
  wrapComponents: {
    InfoContainer: (Info) => (props) => createElement("details", { className: "introduction" },
      createElement("summary", null, "Introduction: cookies, answers, errors, limits, curl"),
      createElement(Info, props)),
    operations: (Operations) => (props) => createElement(Fragment, null,
      createElement("h2", null, "Endpoints"),
      createElement(Operations, props)),
    ServersContainer: () => () => null,
    DeepLink: () => ({ text }) => createElement("span", null, text),
    ExamplesSelect: (Select) => (props) => createElement("label", null, createElement(Select, { ...props, showLabels: true })),
    TextArea: (Area) => (props) => createElement(Area, { ...props, "aria-label": "Body" }),
  },
});

SwaggerUIBundle({
  url: "/openapi.yaml",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null, // load no badge from another site
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  syntaxHighlight: { theme: "obsidian" }, // readable on its ground
  withCredentials: true, // "Try it out" sends the cookies
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [ours],
});
