/**
 * TCP repair mode, which takes CAP_NET_ADMIN: switched by this process itself, or by a helper that
 * is handed the sockets, in passt-repair's protocol. Both ends of that protocol are here.
 *
 * <p>A request is one byte (1 on, 0 off, -1 off without a window probe) with 1 to 253 descriptors
 * beside it (SCM_RIGHTS). The helper does it and sends the byte back; on any error it ends.
 */
package org.jpasst.migrate.repair;
