/** Values every layer speaks in: IP and Ethernet addresses, endpoints. Depends on nothing. */
package org.jpasst.net;
