/** Loaded before any other import: the world's clock and chance replace the machine's. */
import { installWorld } from "@steward/simulator/world/install";

installWorld();
