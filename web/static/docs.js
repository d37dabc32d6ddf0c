// Starts Swagger UI. It stands in a file of its own so that the page needs no inline script.
SwaggerUIBundle({
  url: "/openapi.yaml",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null, // no badge from another site
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  withCredentials: true, // "Try it out" travels with the cookies, as a frontend's requests do
  presets: [SwaggerUIBundle.presets.apis],
});
