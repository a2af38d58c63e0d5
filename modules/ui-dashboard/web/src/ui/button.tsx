import type { ComponentProps, ReactNode } from 'react';

interface ButtonProps extends ComponentProps<'button'> {
  readonly tone?: 'plain' | 'primary' | 'danger' | 'danger-line' | 'quiet';
}

export function Button({ tone = 'plain', className = '', ...rest }: ButtonProps): ReactNode {
  return <button type="button" {...rest} className={`button ${tone} ${className}`} />;
}
