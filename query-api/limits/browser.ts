import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'

/**
 * The headers by which a browser keeps pages and data of this origin to themselves, on every answer below this app. Pages
 * have no inline script or style, and load nothing from elsewhere.
 */
export async function secureBrowsers(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      // Helmet's own list allows inline styles and asks for https, which an engine on loopback has not.
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
      },
    },
    // Read by a browser only where it came by https: behind whoever ends TLS before the engine.
    strictTransportSecurity: { maxAge: 63_072_000, includeSubDomains: true },
    xFrameOptions: { action: 'deny' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
  })
}
