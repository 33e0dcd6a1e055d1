import { IsString, Matches, MaxLength } from 'class-validator';

/** A sign-in at the console. */
export class SignIn {
  @IsString()
  @MaxLength(512)
  @Matches(/^[!-~]+$/, { message: 'token must hold printable characters without spaces' })
  token: string;

  @IsString()
  @Matches(/^(?! )[^\p{C}]{1,64}(?<! )$/u, {
    message: 'name must have 1 to 64 printable characters, and no space at either end',
  })
  name: string;
}
