// Starts Swagger UI. A file of its own, because the page allows no inline script.
SwaggerUIBundle({
  url: "/openapi.yaml",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null, // load no badge from another site
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  withCredentials: true, // "Try it out" sends the cookies
  presets: [SwaggerUIBundle.presets.apis],
});
