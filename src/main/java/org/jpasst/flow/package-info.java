/**
 * The flow table, after passt's model: each flow has two sides, each with an interface, the address
 * and port of its endpoint, and our own address and port towards it.
 */
package org.jpasst.flow;
