/** The one HTTP server of the program: routes as data, everything that a stranger can use bounded. */
export { HttpListenError, type HttpOptions, type HttpServer, serveHttp } from "./http_server.ts";
export { type HttpReply, type HttpRequest, jsonReply, type Route, textReply } from "./route.ts";
