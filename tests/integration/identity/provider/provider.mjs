// Several OpenID issuers in one process, on a loopback port: `node provider.mjs PORT`.
// Issuers: /a (RS256), /b (ES256), /opaque (tokens that only it can read). For tests: POST /<issuer>/_test/rotate
// {"drop": bool}, /_test/outage {"on": bool}, /_test/groups {"user", "groups"}, /_test/logout {"user"}.
import { createServer } from 'node:http';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createLocalJWKSet, importJWK, jwtVerify, SignJWT } from 'jose';
import { Provider, errors } from 'oidc-provider';

const AUDIENCE = 'corale';
const BACKEND = 'backend';
const LIFE = { AccessToken: Number(process.env.ACCESS_TOKEN_LIVES ?? 300), RefreshToken: 86400, IdToken: 300, Grant: 86400, Session: 86400, Interaction: 600,
  DeviceCode: 600, AuthorizationCode: 60, ClientCredentials: 300 };
const SCOPES = ['openid', 'offline_access', 'profile', 'compute'];
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const ENTITLED = 'urn:mace:egi.eu:group:vo.a:role=member#aai.egi.eu';
const USERS = {
  alice: { groups: ['/projects/a', 'users'], eduperson_entitlement: [ENTITLED] },
  bob: { groups: ['/projects/b'], eduperson_entitlement: [] },
};
const CLIENTS = [
  { client_id: 'web', token_endpoint_auth_method: 'none', redirect_uris: ['http://127.0.0.1:1/back'],
    application_type: 'native', grant_types: ['authorization_code', 'refresh_token', DEVICE], response_types: ['code'] },
  { client_id: 'gateway', client_secret: 'gateway-secret-of-some-length-x', redirect_uris: [], response_types: [],
    grant_types: [EXCHANGE, 'refresh_token'] },
];

function newKey(alg) {
  const pair = alg === 'ES256'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...pair.privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg };
}

function memory(entries, issuer) { // outlives the provider, which is made anew when keys rotate
  return class {
    constructor(name) { this.prefix = `${issuer}/${name}/`; }
    find = async (id) => entries.get(this.prefix + id);
    upsert = async (id, payload) => { entries.set(this.prefix + id, payload); };
    destroy = async (id) => { entries.delete(this.prefix + id); };
    consume = async (id) => { entries.get(this.prefix + id).consumed = Math.floor(Date.now() / 1000); };
    by = async (name, value) => [...entries]
      .find(([key, payload]) => key.startsWith(this.prefix) && payload[name] === value)?.[1];
    findByUid = (uid) => this.by('uid', uid);
    findByUserCode = (code) => this.by('userCode', code);
    revokeByGrantId = async (grant) => {
      for (const [key, payload] of entries) if (payload.grantId === grant) entries.delete(key);
    };
  };
}

class Issuer {
  constructor(url, name, alg, format) {
    Object.assign(this, { url: `${url}/${name}`, name, alg, format, entries: new Map(), away: false });
    this.keys = [newKey(alg)];
    this.build();
  }

  rotate(drop) {
    this.keys = [newKey(this.alg), ...(drop ? [] : this.keys)];
    this.build();
  }

  build() {
    const { alg, format } = this;
    const provider = new Provider(this.url, {
      adapter: memory(this.entries, this.name),
      clients: CLIENTS.map((client) => ({ id_token_signed_response_alg: alg, ...client })),
      cookies: { keys: ['only for tests'] },
      jwks: { keys: this.keys },
      ttl: LIFE,
      scopes: SCOPES,
      claims: { openid: ['sub'], profile: ['groups', 'eduperson_entitlement'] },
      findAccount: (_, sub) => USERS[sub] && { accountId: sub, claims: () => ({ sub, ...USERS[sub] }) },
      extraTokenClaims: (_, token) => USERS[token.accountId],
      interactions: { url: (_, interaction) => `/${this.name}/login/${interaction.uid}` },
      issueRefreshToken: async (_, client, code) => code.scopes.has('offline_access'),
      rotateRefreshToken: true,
      features: {
        devInteractions: { enabled: false },
        deviceFlow: { enabled: true },
        introspection: { enabled: true },
        revocation: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => AUDIENCE_URL,
          useGrantedResource: () => true,
          getResourceServerInfo: (_, resource) => ({
            scope: SCOPES.join(' '),
            audience: resource === AUDIENCE_URL ? AUDIENCE : BACKEND,
            accessTokenFormat: format,
            accessTokenTTL: LIFE.AccessToken,
            ...(format === 'jwt' ? { jwt: { sign: { alg, kid: this.keys[0].kid } } } : {}),
          }),
        },
      },
    });
    const parameters = ['subject_token', 'subject_token_type', 'requested_token_type', 'audience', 'scope'];
    provider.registerGrantType(EXCHANGE, (context) => this.exchange(context), parameters);
    this.provider = provider;
    this.handle = provider.callback();
  }

  async exchange(context) {
    const { client, params } = context.oidc;
    const keys = createLocalJWKSet({ keys: this.keys.map(({ d, p, q, dp, dq, qi, ...open }) => open) });
    const { payload } = await jwtVerify(params.subject_token, keys, { issuer: this.url }).catch(() => {
      throw new errors.InvalidGrant('the subject token is not valid');
    });
    const scope = params.scope ?? 'openid';
    const grant = new this.provider.Grant({ accountId: payload.sub, clientId: client.clientId });
    grant.addOIDCScope(scope);
    grant.addResourceScope(BACKEND_URL, scope);
    const grantId = await grant.save();
    const refresh = new this.provider.RefreshToken({
      accountId: payload.sub, client, clientId: client.clientId, grantId, scope, resource: BACKEND_URL,
      gty: 'refresh_token', iat: Math.floor(Date.now() / 1000),
    });
    const token = await new SignJWT({ client_id: client.clientId, scope, ...USERS[payload.sub] })
      .setProtectedHeader({ alg: this.alg, kid: this.keys[0].kid, typ: 'at+jwt' })
      .setIssuer(this.url).setSubject(payload.sub).setAudience(BACKEND).setJti(randomUUID()).setIssuedAt()
      .setExpirationTime(`${LIFE.AccessToken}s`)
      .sign(await importJWK(this.keys[0], this.alg));
    context.body = {
      access_token: token, token_type: 'Bearer', expires_in: LIFE.AccessToken, scope,
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token', refresh_token: await refresh.save(LIFE.RefreshToken),
    };
  }

  async login(request, response) {
    const { params, uid } = await this.provider.interactionDetails(request, response);
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(`<form method="post" action="/${this.name}/login/${uid}"><input name="username" value=""></form>`);
      return;
    }
    const accountId = new URLSearchParams(await text(request)).get('username');
    const grant = new this.provider.Grant({ accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    grant.addResourceScope(AUDIENCE_URL, params.scope);
    const result = { login: { accountId }, consent: { grantId: await grant.save() } };
    await this.provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }

  async test(what, request, response) {
    const wish = JSON.parse(await text(request));
    if (what === 'rotate') this.rotate(wish.drop);
    if (what === 'outage') this.away = wish.on;
    if (what === 'logout') {
      for (const [key, payload] of this.entries) if (payload.accountId === wish.user) this.entries.delete(key);
    }
    if (what === 'groups') USERS[wish.user] = { ...USERS[wish.user], groups: wish.groups };
    response.writeHead(204).end();
  }

  async serve(request, response, [first, second], rest) {
    if (first === '_test') return this.test(second, request, response);
    if (this.away) return response.writeHead(503).end();
    if (first === 'login') return this.login(request, response);
    request.originalUrl = request.url;
    request.url = rest;
    return this.handle(request, response);
  }
}

const AUDIENCE_URL = 'urn:corale:audience';
const BACKEND_URL = 'urn:corale:backend';

async function text(request) {
  let whole = '';
  for await (const part of request) whole += part;
  return whole;
}

const issuers = {};
const server = createServer((request, response) => {
  const [, name, ...parts] = request.url.split('?')[0].split('/');
  const issuer = issuers[name];
  if (!issuer) { response.writeHead(404).end(); return; }
  issuer.serve(request, response, parts, request.url.slice(name.length + 1)).catch((problem) => {
    console.error(problem);
    if (!response.headersSent) response.writeHead(500);
    response.end();
  });
});
const port = Number(process.argv[2]);
const url = `http://127.0.0.1:${port}`;
issuers.a = new Issuer(url, 'a', 'RS256', 'jwt');
issuers.b = new Issuer(url, 'b', 'ES256', 'jwt');
issuers.opaque = new Issuer(url, 'opaque', 'ES256', 'opaque');
server.listen(port, '127.0.0.1');
