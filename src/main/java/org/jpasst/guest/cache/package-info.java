/**
 * The packet cache: frames that come for a guest that stands still, as far as the backend's state
 * migration doesn't cover them. Stands between the protocols and the link.
 */
package org.jpasst.guest.cache;
