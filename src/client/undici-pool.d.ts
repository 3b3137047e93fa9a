/** undici's pool by itself: a third of the memory of importing undici whole, which brings fetch, caches and sockets. */
declare module 'undici/lib/dispatcher/pool.js' {
  import type { Pool } from 'undici';

  const PoolOnly: typeof Pool;
  export = PoolOnly;
}
