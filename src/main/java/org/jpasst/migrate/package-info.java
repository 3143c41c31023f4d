/**
 * Migration of a guest's connections. {@code stream} is passt's state stream as values, {@code
 * socket} freezes, dumps and restores TCP sockets, {@code repair} switches the kernel's repair
 * mode, by itself or by the helper program.
 */
package org.jpasst.migrate;
