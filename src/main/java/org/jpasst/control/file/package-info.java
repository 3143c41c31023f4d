/**
 * Files that operators name, for the commands that read or write them: what is there stays as it
 * was until it is known that the command has succeeded. Used on both sides of the control socket.
 */
package org.jpasst.control.file;
