/** Wires the parts once: start-up and its order, the process's surroundings, its end. */
package org.jpasst.app;
