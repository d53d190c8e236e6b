import {
  DeregisterImageCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DisableImageCommand,
  DisableImageDeregistrationProtectionCommand,
  EC2Client,
  EnableImageCommand,
  EnableImageDeregistrationProtectionCommand,
  ModifyImageAttributeCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { createAccount } from "@steward/simulator/simulated-account";
import { advance, drive } from "@steward/simulator/world/drive";
import { beforeEach, describe, expect, test } from "vitest";
import { allow, aRole, refusal, settingsOf } from "./a-caller.ts";

const HOUR = 3_600_000;
const WISH = { rootDevice: "/dev/sda1", volumeType: "gp3", sizeGib: 30, encrypted: true } as const;

let world: ReturnType<typeof createAccount>;
let ec2: EC2Client;
let id: string;

beforeEach(async () => {
  world = createAccount({ code: new Map(), seed: 5 });
  ec2 = new EC2Client(settingsOf(world.account, world.operator));
  const registered = await drive(() =>
    world.account.links.registerImage({ ...WISH, name: "one", description: undefined, tags: { own: "yes" } }, world.operator),
  );
  id = registered.id;
});

const image = async () => (await drive(() => ec2.send(new DescribeImagesCommand({ ImageIds: [id], IncludeDisabled: true })))).Images?.[0];
const attribute = (Attribute: "launchPermission" | "lastLaunchedTime" | "deregistrationProtection" | "bootMode", client = ec2) =>
  drive(() => client.send(new DescribeImageAttributeCommand({ ImageId: id, Attribute })));
const share = (LaunchPermission: object) => ec2.send(new ModifyImageAttributeCommand({ ImageId: id, LaunchPermission }));
const launch = () => drive(() => ec2.send(new RunInstancesCommand({ ImageId: id, InstanceType: "t3.large", SubnetId: "subnet-a", MinCount: 1, MaxCount: 1 })));
const deregister = () => ec2.send(new DeregisterImageCommand({ ImageId: id }));

describe("who may launch an image", () => {
  test("is told by its attribute, and changed one by one", async () => {
    expect((await attribute("launchPermission")).LaunchPermissions).toEqual([]);
    await drive(() => share({ Add: [{ UserId: "210987654321" }, { UserId: "210987654322" }] }));
    await drive(() => share({ Add: [{ UserId: "210987654321" }], Remove: [{ UserId: "210987654322" }] }));
    expect((await attribute("launchPermission")).LaunchPermissions).toEqual([{ UserId: "210987654321" }]);
    expect((await image())?.Public).toBe(false);
  });

  test("is everybody once it is public", async () => {
    await drive(() => share({ Add: [{ Group: "all" }] }));
    expect((await image())?.Public).toBe(true);
  });

  test("is nobody else for good once it is disabled", async () => {
    await drive(() => share({ Add: [{ UserId: "210987654321" }] }));
    await drive(() => ec2.send(new DisableImageCommand({ ImageId: id })));
    expect(await refusal(() => share({ Add: [{ UserId: "210987654321" }] }))).toMatchObject({ name: "InvalidAMIID.Unavailable" });
    await drive(() => ec2.send(new EnableImageCommand({ ImageId: id })));
    expect((await attribute("launchPermission")).LaunchPermissions).toEqual([]);
  });

  test("may be asked by whoever has the right on that image", async () => {
    const mine = (value: string) => allow("ec2:DescribeImageAttribute", "arn:aws:ec2:us-east-1::image/*", { StringEquals: { "aws:ResourceTag/own": value } });
    const asker = (name: string, value: string) => new EC2Client(settingsOf(world.account, aRole(world.account, name, mine(value))));
    expect((await attribute("launchPermission", asker("mine", "yes"))).LaunchPermissions).toEqual([]);
    expect(await refusal(() => attribute("launchPermission", asker("not-mine", "no")))).toMatchObject({ name: "UnauthorizedOperation" });
  });
});

test("a launch is told a day later, by the image and by its attribute", async () => {
  await launch();
  await advance(23 * HOUR);
  expect([(await image())?.LastLaunchedTime, (await attribute("lastLaunchedTime")).LastLaunchedTime?.Value]).toEqual([undefined, undefined]);
  await launch();
  await advance(2 * HOUR);
  const told = (await image())?.LastLaunchedTime ?? "";
  expect((await attribute("lastLaunchedTime")).LastLaunchedTime?.Value).toBe(told);
  expect(Math.round((Date.now() - Date.parse(told)) / HOUR)).toBe(25);
});

describe("a protected image", () => {
  const protect = (WithCooldown: boolean) => drive(() => ec2.send(new EnableImageDeregistrationProtectionCommand({ ImageId: id, WithCooldown })));
  const unprotect = () => drive(() => ec2.send(new DisableImageDeregistrationProtectionCommand({ ImageId: id })));

  test("is not deregistered until the protection is taken away", async () => {
    expect((await image())?.DeregistrationProtection).toBe("disabled");
    await protect(false);
    expect((await attribute("deregistrationProtection")).DeregistrationProtection?.Value).toBe("enabled-without-cooldown");
    expect(await refusal(deregister)).toMatchObject({ name: "OperationNotPermitted" });
    await unprotect();
    await drive(deregister);
    expect(await refusal(image)).toMatchObject({ name: "InvalidAMIID.Unavailable" });
  });

  test("with a cooldown is protected for another day", async () => {
    await protect(true);
    await unprotect();
    await advance(12 * HOUR);
    await unprotect();
    expect((await image())?.DeregistrationProtection).toBe("enabled-with-cooldown");
    expect(await refusal(deregister)).toMatchObject({ name: "OperationNotPermitted" });
    await advance(12 * HOUR);
    expect((await image())?.DeregistrationProtection).toBe("disabled");
    await drive(deregister);
  });
});

test("what is not modelled is refused by name", async () => {
  expect(await refusal(() => attribute("bootMode"))).toMatchObject({ message: expect.stringContaining("bootMode") });
  expect(await refusal(() => ec2.send(new ModifyImageAttributeCommand({ ImageId: id, Description: { Value: "x" } })))).toMatchObject({
    message: expect.stringContaining("Description"),
  });
});
