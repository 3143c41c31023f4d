/**
 * UNIX-domain listening sockets and the system logger, by JNR: the only package that uses it. Its
 * first use costs some 0.3 s, so a start with an inherited socket does without.
 */
package org.jpasst.unix;
