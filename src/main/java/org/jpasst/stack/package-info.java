/** The one assembly of everything between a guest's link and the host's sockets. */
package org.jpasst.stack;
