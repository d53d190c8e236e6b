import { createServer } from "node:http";

/** What Lambda sends back for one invocation. */
interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body: unknown;
}

const CALLER = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:user/operator</Arn><UserId>AIDA</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>`;

/** STS and Lambda on loopback: knows who calls, and answers each invocation with what was last given; notes which function was asked what. */
export async function anAnsweringStage() {
  const asked: { path: string; payload: unknown }[] = [];
  let next: Reply = { body: null };
  const server = createServer(async (request, response) => {
    const body = await new Response(request).text();
    if (request.url === "/") return response.writeHead(200, { "content-type": "text/xml" }).end(CALLER);
    asked.push({ path: request.url ?? "", payload: JSON.parse(body) });
    return response.writeHead(next.status ?? 200, { "content-type": "application/json", ...next.headers }).end(JSON.stringify(next.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    asked,
    answers: (reply: Reply) => {
      next = reply;
    },
    close: () => void server.close(),
  };
}
