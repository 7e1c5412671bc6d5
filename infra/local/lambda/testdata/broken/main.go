// Command broken is a function that ends before it takes a call.
package main

import "os"

func main() { os.Exit(7) }
