/**
 * The configuration socket ({@code --conf-path}) and what pesto(1) speaks there, version 2: the
 * server tells the forwarding rules in force, the client sends those to take their place, whole,
 * and there is no answer. All numbers are big-endian.
 */
package org.jpasst.control.pesto;
