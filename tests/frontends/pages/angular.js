import "@angular/compiler";
import { HttpClient, provideHttpClient, withInterceptors } from "@angular/common/http";
import { provideZonelessChangeDetection } from "@angular/core";
import { createApplication } from "@angular/platform-browser";
import { firstValueFrom } from "rxjs";
import { renewing } from "../recipes/renewing.ts";
import { ready, signIn } from "./page.js";

await signIn();
const { injector } = await createApplication({
  providers: [provideZonelessChangeDetection(), provideHttpClient(withInterceptors([renewing]))],
});
const http = injector.get(HttpClient);
ready({ load: async () => (await firstValueFrom(http.get("/api/v1/users/current-user"))).data.fullName });
