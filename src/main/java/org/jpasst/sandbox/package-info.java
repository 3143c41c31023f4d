/**
 * What the process gives up once it is ready to serve: its user, its capabilities, its view of the
 * file system and most of the kernel's system calls.
 */
package org.jpasst.sandbox;
